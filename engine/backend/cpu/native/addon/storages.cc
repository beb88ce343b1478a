// Memory of tensors: who owns it, reading and writing it.
#include <string.h>

#include "addon/call.h"
#include "addon/exports.h"

namespace gradbook {
namespace {

/** What an owner's finalizer needs. */
struct Ticket {
  Instance* instance;
  Storage* storage;
  uint32_t generation;
};

void onOwnerGone(node_api_basic_env, void* data, void*) {
  Ticket* const ticket = static_cast<Ticket*>(data);
  ticket->instance->heap.drop(ticket->storage, ticket->generation);
  ticket->instance->letGo();
  delete ticket;
}

void onGroupOwnerGone(node_api_basic_env, void* data, void*) {
  Ticket* const ticket = static_cast<Ticket*>(data);
  ticket->instance->heap.dropGroup(ticket->storage, ticket->generation);
  ticket->instance->letGo();
  delete ticket;
}

/** Ties what was allocated to the first argument; false where that cannot own it. */
bool own(Call& call, Instance& in, Storage* s, void (*gone)(node_api_basic_env, void*, void*)) {
  Ticket* const ticket = new Ticket{&in, s, s->generation};
  // Node-API casts a basic finalizer to the general type in its own declaration of napi_wrap.
  if (napi_wrap(call.env, call.value(0), ticket, reinterpret_cast<napi_finalize>(gone), nullptr, nullptr) != napi_ok) {
    delete ticket;
    return false;
  }
  in.holders.fetch_add(1, std::memory_order_relaxed);
  return true;
}

constexpr const char* notAnOwner = "the owner of a storage must be an object that owns none yet";

/** allocate(owner, bytes): the id, or -1 where there is no memory. */
napi_value allocate(Call& call) {
  Instance& in = call.instance();
  Storage* s = in.heap.allocate(call.size(1, "the number of bytes"));
  if (!s) return numberOf(call.env, -1);
  if (!own(call, in, s, onOwnerGone)) {
    in.heap.drop(s, s->generation);
    fail(notAnOwner);
  }
  return numberOf(call.env, s->id);
}

/** allocateGroup(owner, bytes): the first of 32 ids, or -1 where there is no memory. */
napi_value allocateGroup(Call& call) {
  Instance& in = call.instance();
  Storage* s = in.heap.allocateGroup(call.size(1, "the number of bytes"));
  if (!s) return numberOf(call.env, -1);
  if (!own(call, in, s, onGroupOwnerGone)) {
    in.heap.dropGroup(s, s->generation);
    fail(notAnOwner);
  }
  return numberOf(call.env, s->id);
}

napi_value release(Call& call) {
  Storage& s = call.storage(0);
  call.instance().heap.drop(&s, s.generation);
  return nullptr;
}

char* rangeOf(const Storage& s, size_t offset, size_t count) {
  if (offset > s.bytes || count > s.bytes - offset) {
    fail("bytes " + std::to_string(offset) + " to " + std::to_string(offset + count) + " of a storage of " + std::to_string(s.bytes) +
         " bytes");
  }
  return s.data + offset;
}

napi_value write(Call& call) {
  Storage& s = call.storage(0);
  const size_t offset = call.size(1, "the offset");
  size_t count = 0;
  const char* from = call.bytes(2, count);
  char* to = rangeOf(s, offset, count);
  if (count > 0) memcpy(to, from, count);
  s.written = true;
  if (count == s.bytes) s.neverComputed = false;
  return nullptr;
}

napi_value read(Call& call) {
  Storage& s = call.storage(0);
  const size_t offset = call.size(1, "the offset");
  size_t count = 0;
  char* to = call.bytes(2, count);
  const char* from = rangeOf(s, offset, count);
  if (s.neverComputed) fail("this value was never computed, because a Stop or an error came before");
  if (count > 0) memcpy(to, from, count);
  return nullptr;
}

void onArrayGone(node_api_basic_env, void*, void* data) {
  Ticket* const ticket = static_cast<Ticket*>(data);
  ticket->instance->heap.letGo(ticket->storage);
  ticket->instance->letGo();
  delete ticket;
}

/** share(id): the storage's memory as an ArrayBuffer that keeps it where it is; undefined where the runtime allows none. */
napi_value share(Call& call) {
  Instance& in = call.instance();
  Storage& s = call.storage(0);
  if (s.neverComputed) fail("this value was never computed, because a Stop or an error came before");
  Ticket* const ticket = new Ticket{&in, &s, s.generation};
  in.heap.hold(&s);
  in.holders.fetch_add(1, std::memory_order_relaxed);
  napi_value buffer = nullptr;
  if (napi_create_external_arraybuffer(call.env, s.data, s.bytes, onArrayGone, ticket, &buffer) == napi_ok) return buffer;
  in.heap.letGo(&s);
  in.letGo();
  delete ticket;
  return nullptr;
}

napi_value memory(Call& call) {
  const HeapUse use = call.instance().heap.use();
  napi_value result = nullptr;
  napi_create_object(call.env, &result);
  napi_set_named_property(call.env, result, "live", numberOf(call.env, static_cast<double>(use.live)));
  napi_set_named_property(call.env, result, "pooled", numberOf(call.env, static_cast<double>(use.pooled)));
  napi_set_named_property(call.env, result, "peak", numberOf(call.env, static_cast<double>(use.peak)));
  napi_set_named_property(call.env, result, "storages", numberOf(call.env, static_cast<double>(use.storages)));
  return result;
}

/** capacity(id): the bytes that a storage takes, or -1 where it was dropped. */
napi_value capacity(Call& call) {
  const Storage* const s = call.instance().heap.find(call.number(0, "the id"));
  const bool live = s && !s->isDropped();
  return numberOf(call.env, live ? static_cast<double>(s->capacity) : -1);
}

}  // namespace

void defineStorages(napi_env env, napi_value exports) {
  define<allocate>(env, exports, "allocate");
  define<allocateGroup>(env, exports, "allocateGroup");
  define<release>(env, exports, "release");
  define<write>(env, exports, "write");
  define<read>(env, exports, "read");
  define<share>(env, exports, "share");
  define<memory>(env, exports, "memory");
  define<capacity>(env, exports, "capacity");
}

}  // namespace gradbook
