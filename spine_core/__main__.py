"""Entry of ``python -m spine_core``."""

import sys

try:
    from spine_core.cli.main import main

    sys.exit(main())
except KeyboardInterrupt:  # while modules are imported, which takes seconds
    sys.exit(130)
