"""VoIPBIN: a carrier that carries out lists of actions, and fetches more of them from a URL of ours."""
