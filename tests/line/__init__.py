"""A real line that is slow and breaks: three tiers as processes, with a shaping proxy of ours between two of them."""
