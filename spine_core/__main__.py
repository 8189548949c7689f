"""Entry of ``python -m spine_core``."""

import sys

from spine_core.cli import main

sys.exit(main())
