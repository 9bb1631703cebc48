"""What can be asked of a map: a closed list of kinds of things, each with the tag that OpenStreetMap gives it."""

from typing import Literal

FeatureName = Literal[
    "bakery", "bank", "bar", "bridge", "bus_stop", "butcher", "cafe", "castle", "church", "cinema", "fire_station",
    "fountain", "fuel_station", "hairdresser", "hospital", "hotel", "level_crossing", "library", "lighthouse",
    "monument", "mosque", "museum", "park", "pharmacy", "playground", "police", "post_office", "railway_station",
    "restaurant", "roundabout", "school", "stadium", "subway_entrance", "supermarket", "synagogue", "temple", "theatre",
    "town_hall", "tower", "traffic_lights", "tram_stop", "university", "viewpoint", "water_tower", "windmill",
]  # fmt: skip

TAGS: dict[FeatureName, str] = {
    "bakery": "shop=bakery", "bank": "amenity=bank", "bar": "amenity=bar", "bridge": "man_made=bridge",
    "bus_stop": "highway=bus_stop", "butcher": "shop=butcher", "cafe": "amenity=cafe", "castle": "historic=castle",
    "church": "building=church", "cinema": "amenity=cinema", "fire_station": "amenity=fire_station",
    "fountain": "amenity=fountain", "fuel_station": "amenity=fuel", "hairdresser": "shop=hairdresser",
    "hospital": "amenity=hospital", "hotel": "tourism=hotel", "level_crossing": "railway=level_crossing",
    "library": "amenity=library", "lighthouse": "man_made=lighthouse", "monument": "historic=monument",
    "mosque": "building=mosque", "museum": "tourism=museum", "park": "leisure=park", "pharmacy": "amenity=pharmacy",
    "playground": "leisure=playground", "police": "amenity=police", "post_office": "amenity=post_office",
    "railway_station": "railway=station", "restaurant": "amenity=restaurant", "roundabout": "junction=roundabout",
    "school": "amenity=school", "stadium": "leisure=stadium", "subway_entrance": "railway=subway_entrance",
    "supermarket": "shop=supermarket", "synagogue": "building=synagogue", "temple": "building=temple",
    "theatre": "amenity=theatre", "town_hall": "amenity=townhall", "tower": "man_made=tower",
    "traffic_lights": "highway=traffic_signals", "tram_stop": "railway=tram_stop", "university": "amenity=university",
    "viewpoint": "tourism=viewpoint", "water_tower": "man_made=water_tower", "windmill": "man_made=windmill",
}  # fmt: skip
