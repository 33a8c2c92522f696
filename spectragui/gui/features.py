"""The parts of the window; one import line registers one."""

import spectragui.gui.generate.controls  # noqa: F401
import spectragui.gui.generate.panel  # noqa: F401
import spectragui.gui.measurements.panel  # noqa: F401
import spectragui.gui.orders.panel  # noqa: F401
import spectragui.gui.parameters.controls  # noqa: F401
import spectragui.gui.parameters.panel  # noqa: F401
import spectragui.gui.passport.header  # noqa: F401
import spectragui.gui.passport.panel  # noqa: F401
import spectragui.gui.pipeline.controls  # noqa: F401
import spectragui.gui.pipeline.panel  # noqa: F401
import spectragui.gui.results.panel  # noqa: F401
import spectragui.gui.shell.jobs  # noqa: F401
import spectragui.gui.shell.log  # noqa: F401
import spectragui.gui.spectra.panel  # noqa: F401
import spectragui.gui.view.panel  # noqa: F401
