"""The page in the browser: a phone that calls the flows, with what they say, where they are, and what is wrong."""
