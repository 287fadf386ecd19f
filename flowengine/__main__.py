"""`python -m flowengine` is `flowengine`."""

import sys

from flowengine.cli.main import main

sys.exit(main())
