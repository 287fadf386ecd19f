"""Text to audio, with pyttsx3 (espeak-ng): each text is spoken once and then kept as a WAV file."""

from flowengine.speech.speech import Speech, SpeechError
from flowengine.speech.wav import wav_seconds

__all__ = ["Speech", "SpeechError", "wav_seconds"]
