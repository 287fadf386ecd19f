"""FineSpeak: numbers, calls and messages over REST. It places calls and tells of them; it runs no flows."""
