"""What a parameter or a drum is in words that all instruments share, where its own name says so exactly.

Only for names that can be read in one way: a word that depends on where it stands ("attack") is read together with its
group. Whatever is not in these tables has no role.
"""

import re
from typing import Final

_PLAIN: Final = {
    "volume": ("master volume", "main volume", "channel volume", "output volume", "part volume", "patch volume",
               "program volume", "track volume", "amp volume", "amplifier volume", "vca volume"),
    "pan": ("panpot", "amp pan", "track pan", "part pan", "channel pan"),
    "expression": ("expression pedal", "expression controller"),
    "modulation": ("mod wheel", "modwheel", "modulation wheel"),
    "cutoff": ("filter cutoff", "filter cutoff frequency", "filter frequency", "filter freq", "filter cutoff freq",
               "vcf cutoff", "vcf frequency", "vcf cutoff frequency"),
    "resonance": ("filter resonance", "vcf resonance"),
    "filter envelope": ("filter envelope amount", "filter env amount", "filter eg amount", "filter env amt",
                        "filter envelope depth", "filter env depth", "filter eg depth", "vcf envelope amount",
                        "vcf env amount", "vcf eg amount", "filter eg int", "filter envelope intensity"),
    "attack": ("amp attack", "amplifier attack", "amp envelope attack", "amp env attack", "amp eg attack",
               "amplifier envelope attack", "amplifier eg attack", "amplifier env attack", "vca attack",
               "vca envelope attack", "vca env attack", "vca eg attack", "volume envelope attack"),
    "glide": ("glide time", "glide rate", "portamento time", "portamento rate"),
    "lfo rate": ("lfo rate", "lfo speed", "lfo frequency"),
    "lfo depth": ("lfo depth", "lfo amount"),
    "oscillator mix": ("osc mix", "oscillator mix", "osc balance", "oscillator balance"),
    "reverb": ("reverb send", "reverb level", "reverb send level", "reverb amount", "reverb depth"),
    "chorus": ("chorus send", "chorus level", "chorus send level", "chorus amount"),
    "delay": ("delay send", "delay level", "delay send level", "delay amount"),
    "drive": ("filter drive", "overdrive amount", "drive amount", "distortion amount"),
}  # fmt: skip
_ALONE: Final = {
    "volume": "volume", "pan": "pan", "expression": "expression", "modulation": "modulation", "cutoff": "cutoff",
    "cutoff frequency": "cutoff", "resonance": "resonance", "drive": "drive", "overdrive": "drive",
    "distortion": "drive",
}  # fmt: skip
"""Words that have a role only where no group says of what else."""
_ENVELOPE: Final = ("attack", "decay", "sustain", "release")
_FILTER: Final = tuple(f"{one}{more}" for one in ("filter", "vcf") for more in ("", " envelope", " env", " eg"))
_PARAMETERS: Final = {
    **{words: role for role, many in _PLAIN.items() for words in many},
    **{words.replace("attack", stage): stage for words in _PLAIN["attack"] for stage in _ENVELOPE},
    **{f"{one} {stage}": f"filter {stage}" for one in _FILTER for stage in _ENVELOPE},
}
_NEUTRAL: Final = frozenset(("", "general", "global", "main", "common", "performance", "midi", "other", "controllers"))
"""Groups that say nothing about what stands in them."""
_EFFECTS: Final = frozenset(
    ("fx", "effect", "effects", "reverb", "delay", "chorus", "phaser", "flanger", "eq", "looper")
)
"""Words of groups whose filters and volumes are not those of the sound itself."""
_OF_EFFECTS: Final = frozenset(("reverb", "chorus", "delay", "drive"))

_DRUMS: Final = {
    "kick": ("kick", "bass drum", "bd", "bass", "kick drum", "kick 1", "bass drum 1"),
    "kick 2": ("kick 2", "bass drum 2", "bd 2"),
    "snare": ("snare", "snare drum", "sd", "snare 1", "snare drum 1"),
    "snare 2": ("snare 2", "snare drum 2", "sd 2"),
    "side stick": ("rim shot", "rimshot", "rim", "rs", "side stick", "sidestick"),
    "clap": ("clap", "hand clap", "claps", "cp", "hc", "handclap"),
    "closed hat": ("closed hat", "closed hi hat", "closed hihat", "ch", "cl hat", "cls hat",
                   "hihat closed", "hh closed"),
    "pedal hat": ("pedal hat", "pedal hi hat", "pedal hihat"),
    "open hat": ("open hat", "open hi hat", "open hihat", "oh", "op hat", "opn hat", "hihat open", "hh open"),
    "low tom": ("low tom", "lo tom", "lt", "tom l", "tom low"),
    "mid tom": ("mid tom", "mt", "tom m", "tom mid", "middle tom"),
    "high tom": ("high tom", "hi tom", "ht", "tom h", "tom high", "tom hi"),
    "crash": ("crash", "crash cymbal", "cc"),
    "ride": ("ride", "ride cymbal", "rc"),
    "cowbell": ("cowbell", "cow bell", "cb"),
    "tambourine": ("tambourine", "tamb"),
    "shaker": ("shaker",),
    "maracas": ("maracas",),
    "claves": ("claves", "clave"),
    "low conga": ("low conga", "lo conga", "conga l"),
    "mid conga": ("mid conga",),
    "high conga": ("high conga", "hi conga", "conga h"),
}  # fmt: skip
_SOUNDS: Final = {words: role for role, many in _DRUMS.items() for words in many}
_BREAKS: Final = re.compile(r"[^a-z0-9]+")
_DIGITS: Final = re.compile(r"(?<=[a-z])(?=\d)")
_KIT: Final = re.compile(r"^(?:tr )?(?:606|707|808|909) ")


def parameter_role(group: str, name: str) -> str | None:
    """The role of a parameter by its name and its group; None where they do not say."""
    place, words = _words(group), _words(name)
    if place in _NEUTRAL:
        return _PARAMETERS.get(words) or _ALONE.get(words)
    role = _PARAMETERS.get(f"{place} {words}") or _PARAMETERS.get(words)
    return None if role not in _OF_EFFECTS and _EFFECTS.intersection(place.split()) else role


def drum_role(name: str) -> str | None:
    """What a drum is in a kit, by its name; None where it does not say."""
    return _SOUNDS.get(_KIT.sub("", _words(name)))


def _words(text: str) -> str:
    return _DIGITS.sub(" ", _BREAKS.sub(" ", text.casefold()).strip())
