"""Render templates with conversations: render_templates.py OUT CONVERSATIONS_FOLDER TEMPLATE...

Writes one JSON object: {template name: {conversation name: {"text": ...} or {"error": ...}}}.
"""

import json
import sys
from pathlib import Path

from chat_template import render

out, folder, *templates = sys.argv[1:]
conversations = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(Path(folder).glob("*.json"))}
results = {}
for template in sorted(templates):
    source = Path(template).read_text("utf-8")
    results[Path(template).stem] = {}
    for name, variables in conversations.items():
        text, error = render(source, variables)
        results[Path(template).stem][name] = {"error": error} if text is None else {"text": text}
Path(out).write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", "utf-8")
