import type { Locator, Page } from "playwright-core";

/** JupyterLab asks which kernel a notebook shall have where its kernel is not installed, and where the list of kernels did not come and our extension is not there to fetch it. */
const dialogOf = (page: Page): Locator => page.locator(".jp-Dialog", { hasText: "Select Kernel" });

/** From now on answers that question whenever it stands before something that a test wants to click. */
export async function answerKernelDialogs(page: Page): Promise<void> {
  await page.addLocatorHandler(dialogOf(page), answer);
}

/** Answers the question if it is asked within `timeout` milliseconds. */
export async function answerKernelDialog(page: Page, timeout: number): Promise<void> {
  const dialog = dialogOf(page);
  const asked = await dialog.waitFor({ timeout }).then(
    () => true,
    () => false,
  );
  if (asked) await answer(dialog);
}

/** Takes our kernel; where it is not installed, none. */
async function answer(dialog: Locator): Promise<void> {
  const ours = dialog.locator("select option", { hasText: "TypeScript (gradbook)" }).first();
  if ((await ours.count()) === 0) {
    await dialog.page().keyboard.press("Escape");
    return;
  }
  await dialog
    .locator("select")
    .first()
    .selectOption(await ours.getAttribute("value"));
  await dialog.locator("button.jp-mod-accept").click();
}
