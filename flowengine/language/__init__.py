"""From text to tree: the parser of `.flow` files, its diagnostics, and the formatter."""
