"""The policies that come with Dunwell, as YAML files; docs/policies.md says what they may hold."""
