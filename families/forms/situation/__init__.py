"""What a parent fills to change her file, and the same forms in the agents' hands, to put right what they accept."""
