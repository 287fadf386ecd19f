"""The Telefonie Voice API, to the letter of its OpenAPI, on top of the exchange."""

from flowengine.sandbox.telefonie.app import telefonie_app

__all__ = ["telefonie_app"]
