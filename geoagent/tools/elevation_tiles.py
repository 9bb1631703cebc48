"""The tool `elevation`, answered from the user's own elevation tiles."""

from pathlib import Path

from geoagent.errors import ConfigError, ToolInputError
from geoagent.terrain.elevation import check_folder, height_m
from geoagent.tools.core.tool import Tool, ToolContext, ToolResult, as_tool
from geoagent.tools.surroundings import Places, heights_told, points_of


def elevation_tool(folder: Path) -> Tool:
    """The tool `elevation`, answered from a folder of tiles (.hgt). Raises ConfigError where the folder holds none."""
    check_folder(folder)

    def elevation(context: ToolContext, points: Places) -> ToolResult:
        """Height above the sea in metres at up to five points, such as a candidate and the ridge behind it."""
        places = points_of(points)
        try:
            return heights_told(places, [height_m(folder, place) for place in places])
        except ConfigError as error:
            raise ToolInputError(str(error)) from error

    return as_tool(elevation)
