"""What the hand did and what it means: messages become gestures, gestures become corrections."""
