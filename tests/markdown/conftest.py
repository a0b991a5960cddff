"""Property tests are not timed, as a busy machine is no failure, and try the same texts each time, as a change that
breaks nothing must not fail. `HYPOTHESIS_PROFILE=explore pytest tests/markdown` tries others.
"""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "same", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True, database=None
)
settings.register_profile("explore", settings.get_profile("same"), derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
