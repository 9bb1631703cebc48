"""Answers as XML that map programs and GPS devices read: KML 2.2 and GPX 1.1."""

from collections.abc import Sequence
from html import escape
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import shapely

from geoagent.case.summary import reasons
from geoagent.geo import Point
from geoagent.plain_text import percent, printable
from geoagent.report.export_content import CredibleRegion, Placed, facts
from geoagent.report.links import links

MADE_BY = "geoagent answer"
KML, GPX = "http://www.opengis.net/kml/2.2", "http://www.topografix.com/GPX/1/1"


def as_kml(places: Sequence[Placed]) -> str:
    """Answers as KML, a folder for each: its point, the regions that hold 90 % and 50 %, and the tested places."""
    root = Element("kml", xmlns=KML)
    document = SubElement(root, "Document")
    _text(document, "name", MADE_BY)
    for place in places:
        folder = SubElement(document, "Folder")
        _text(folder, "name", place.name)
        if place.unknown is None:
            _kml_answer(folder, place)
        else:
            _text(folder, "description", _described(place))
        for region in place.regions:
            _kml_region(folder, region)
        for shown in place.candidates:
            if shown.point:
                _kml_point(folder, shown.place, f"tested: {shown.outcome}", shown.point)
    return _written(root)


def as_gpx(places: Sequence[Placed]) -> str:
    """Answers as GPX: a waypoint for each answer that knows where, and for each tested place that has a point."""
    root = Element("gpx", xmlns=GPX, version="1.1", creator=MADE_BY)
    metadata = SubElement(root, "metadata")
    _text(metadata, "name", ", ".join(place.name for place in places))
    _text(metadata, "desc", " ".join(f"{place.name}: {place.summary}" for place in places))
    for place in places:
        if place.unknown is None:
            _waypoint(root, place.prediction.point, f"{place.name}: {place.title}", _described(place), "answer")
        for shown in place.candidates:
            if shown.point:
                _waypoint(root, shown.point, shown.place, f"tested: {shown.outcome}", "tested place")
    return _written(root)


def _described(place: Placed) -> str:
    """The answer in words: two sentences, how far the belief reaches, the reasons, links."""
    parts = [str(place.summary)]
    if place.unknown:
        return " ".join([*parts, place.unknown.line])
    parts.append(f"90 % within {place.prediction.radius_km_90:,.1f} km.")
    parts += [f"({item.weight}) {item.step.statement}" for item in reasons(place.prediction).shown]
    parts += [f"{link.name}: {link.url}" for link in links(place.prediction) if link.name == "OpenStreetMap"]
    return "\n".join(parts)


def _kml_answer(folder: Element, place: Placed) -> None:
    described = escape(_described(place)).replace("\n", "<br>\n")  # programs show it as HTML
    mark = _kml_point(folder, place.title, described, place.prediction.point)
    data = Element("ExtendedData")
    for name, value in facts(place):
        _text(SubElement(data, "Data", name=name), "value", str(value))
    mark.insert(len(mark) - 1, data)  # before the geometry, as the schema orders them


def _kml_point(folder: Element, name: str, described: str, point: Point) -> Element:
    mark = SubElement(folder, "Placemark")
    _text(mark, "name", name)
    _text(mark, "description", described)
    _text(SubElement(mark, "Point"), "coordinates", f"{point.lon:.6f},{point.lat:.6f}")
    return mark


def _kml_region(folder: Element, region: CredibleRegion) -> None:
    mark = SubElement(folder, "Placemark")
    _text(mark, "name", f"{percent(region.share)} of the belief")
    style = SubElement(mark, "Style")
    _text(SubElement(style, "PolyStyle"), "color", "4000a5ff")
    shapes = SubElement(mark, "MultiGeometry")
    for polygon in region.polygons:
        shape = SubElement(shapes, "Polygon")
        for name, ring in (("outerBoundaryIs", polygon.exterior), *(("innerBoundaryIs", r) for r in polygon.interiors)):
            _text(SubElement(SubElement(shape, name), "LinearRing"), "coordinates", _ring(ring))


def _ring(ring: shapely.LinearRing) -> str:
    return " ".join(f"{lon:.5f},{lat:.5f}" for lon, lat in ring.coords)


def _waypoint(root: Element, point: Point, name: str, described: str, kind: str) -> None:
    mark = SubElement(root, "wpt", lat=f"{point.lat:.6f}", lon=f"{point.lon:.6f}")
    _text(mark, "name", name)
    _text(mark, "desc", described)
    _text(mark, "type", kind)


def _text(parent: Element, name: str, text: str) -> None:
    """An element with a text of which each line is free of what XML cannot hold."""
    SubElement(parent, name).text = "\n".join(map(printable, text.split("\n")))


def _written(root: Element) -> str:
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'
