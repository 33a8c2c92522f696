"""The features of the window: one import line adds one. The order is that of the menus."""

# ruff: noqa: F401, I001
# Panels first, since the shell makes an action for each.
import spectragui.gui.denoise.panel
import spectragui.gui.denoise.controls
import spectragui.gui.generate.panel
import spectragui.gui.generate.controls
import spectragui.gui.passport.header
import spectragui.gui.shell.jobs
import spectragui.gui.shell.log
import spectragui.gui.measurements.panel
import spectragui.gui.orders.panel
import spectragui.gui.parameters.panel
import spectragui.gui.parameters.controls
import spectragui.gui.passport.panel
import spectragui.gui.photometry.panel
import spectragui.gui.photometry.controls
import spectragui.gui.pipeline.panel
import spectragui.gui.pipeline.controls
import spectragui.gui.results.panel
import spectragui.gui.spectra.panel
import spectragui.gui.view.panel

import spectragui.gui.files.actions
import spectragui.gui.velocity.actions
import spectragui.gui.parameters.actions
import spectragui.gui.denoise.actions
import spectragui.gui.generate.actions
import spectragui.gui.photometry.actions
import spectragui.gui.results.actions
import spectragui.gui.spectra.actions
import spectragui.gui.passport.actions
import spectragui.gui.view.actions
import spectragui.gui.pipeline.actions
import spectragui.gui.orders.actions
import spectragui.gui.plots.actions
import spectragui.gui.shell.actions
import spectragui.gui.models.actions
import spectragui.gui.papers.actions
import spectragui.gui.training.actions
