"""Which files a command runs, and what they say: so that an edit reruns the jobs that use it."""
