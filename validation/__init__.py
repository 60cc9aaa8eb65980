"""Release gates: does every verdict hold on simulated histories whose truth is known? Run with `make gates`."""
