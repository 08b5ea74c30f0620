"""The agents' own sessions: read, measured, and searched for what each agent noticed."""
