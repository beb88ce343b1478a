"""Drives an installed kernel through jupyter_client and prints what it answered, as JSON: drive_kernel.py NAME."""

import json
import sys
import threading
import time

from jupyter_client.manager import KernelManager

TIMEOUT = 30


class Driver:
    def __init__(self, name):
        self.manager = KernelManager(kernel_name=name)
        self.manager.start_kernel()
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=TIMEOUT)

    def execute(self, code, interrupt_after=None, **options):
        """Runs a cell and gathers its outputs; interrupts it after some seconds if asked to."""
        seen = {"stdout": "", "stderr": "", "result": None}

        def hook(message):
            content = message["content"]
            if message["msg_type"] == "stream":
                seen[content["name"]] += content["text"]
            elif message["msg_type"] == "execute_result":
                seen["result"] = content["data"]["text/plain"]

        asked = []
        if interrupt_after is not None:

            def interrupt():
                asked.append(time.monotonic())
                self.manager.interrupt_kernel()

            timer = threading.Timer(interrupt_after, interrupt)
            timer.start()
        content = self.client.execute_interactive(code, output_hook=hook, timeout=TIMEOUT, **options)["content"]
        for key in ("status", "ename", "evalue", "user_expressions"):
            seen[key] = content.get(key)
        seen["traceback"] = "\n".join(content.get("traceback", []))
        if asked:
            seen["seconds"] = time.monotonic() - asked[0]
        return seen

    def reply(self, message_id, channel="shell"):
        """The content of the reply to a request."""
        while True:
            message = getattr(self.client, f"get_{channel}_msg")(timeout=TIMEOUT)
            if message["parent_header"].get("msg_id") == message_id:
                return message["content"]

    def restart(self):
        self.manager.restart_kernel()
        self.client.wait_for_ready(timeout=TIMEOUT)

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel()


def main(name):
    driver = Driver(name)
    try:
        seen = {"kernel_info": driver.reply(driver.client.kernel_info())}
        seen["execute"] = driver.execute("let kept = 42; console.log('out'); console.error('err'); kept")
        seen["expressions"] = driver.execute("0", user_expressions={"good": "kept * 2", "bad": "nowhere"})[
            "user_expressions"
        ]
        seen["error"] = driver.execute("const line = 1;\nthrow new TypeError('on purpose')")
        seen["interrupt_loop"] = driver.execute("while (true) {}", interrupt_after=1)
        seen["interrupt_await"] = driver.execute("await new Promise(() => {})", interrupt_after=1)
        seen["after_interrupt"] = driver.execute("kept")
        seen["complete"] = driver.reply(driver.client.complete("kept.toF"))
        driver.restart()
        seen["restarted"] = driver.execute("typeof kept")
        print(json.dumps(seen))
    finally:
        driver.close()


if __name__ == "__main__":
    main(sys.argv[1])
