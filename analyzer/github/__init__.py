"""The GitHub Action: read the runner's environment, and write the job summary, outputs, comment and annotations."""
