"""What Slack sends us: each listener acknowledges, calls one workflow, renders."""
