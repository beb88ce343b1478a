"""Validates a notebook and writes it again: rewrite_notebook.py IN OUT."""

import sys

import nbformat

source, target = sys.argv[1:]
notebook = nbformat.read(source, as_version=nbformat.NO_CONVERT)
nbformat.validate(notebook, relax_add_props=False)
nbformat.write(notebook, target, version=nbformat.NO_CONVERT)
