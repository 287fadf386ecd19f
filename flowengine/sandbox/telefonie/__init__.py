"""The Telefonie Voice API, and the APIs for messages, numbers and recordings beside it."""
