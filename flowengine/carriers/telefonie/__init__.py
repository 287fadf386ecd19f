"""The Telefonie Voice API: a call asks our webhook for a document at each turn, and carries it out."""
