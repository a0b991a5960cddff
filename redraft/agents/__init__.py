"""The agents: LangGraph graphs and their prompts. They see plain data and the tools a run lends them, nothing else."""
