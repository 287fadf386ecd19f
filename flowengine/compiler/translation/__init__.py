"""The texts of flows in other languages: gettext catalogues in `locale/LANGUAGE/LC_MESSAGES/flows.po`.

What is written in a flow is the message id. Translations are compiled into the graph with everything else: a call reads
no file.
"""
