"""The conformance tests that Jupyter's own developers wrote for kernels of any language."""

import sys
import unittest

import jupyter_kernel_test


class GradbookTests(jupyter_kernel_test.KernelTests):
    kernel_name = "gradbook"
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('oops')"
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": "await Promise.resolve(1n + 2n)", "result": "3n"},
    ]
    code_display_data = [
        {
            "code": "display({ [Symbol.for('Jupyter.display')]: () => ({ 'text/html': '<b>x</b>', 'text/plain': 'x' }) }); 0",
            "mime": "text/html",
        },
    ]
    code_page_something = "notebook.page('something')"
    code_generate_error = "throw new Error('on purpose')"
    completion_samples = [{"text": "Math.cbr", "matches": ["cbrt"]}]
    complete_code_samples = ["1", "const a = 1;", "function f(x: number) {\n  return x;\n}"]
    incomplete_code_samples = ["function f(x: number) {", "const a = [1,", "`open"]
    invalid_code_samples = ["const = 7", "1 +* 2"]
    code_inspect_sample = "Math.sqrt"
    supported_history_operations = ("tail", "range", "search")
    code_history_pattern = "6*7"
    code_clear_output = "clearOutput()"


class WelcomeTests(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = "gradbook"
    support_iopub_welcome = True


if __name__ == "__main__":
    result = unittest.main(exit=False).result
    # A test that is skipped is a feature that is not there.
    sys.exit(not result.wasSuccessful() or len(result.skipped) > 0)
