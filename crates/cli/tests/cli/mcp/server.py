"""A small MCP server. What it offers is read from a file at its start, so that a test can change it between two; each call
appends a line to another, so that a test sees what happened."""
import json, os, sys

OFFERS, HEARD = sys.argv[1], sys.argv[2]
offers = json.load(open(OFFERS))
for line in sys.stdin:
    with open(HEARD, "a") as heard:
        heard.write(line)
    message = json.loads(line)
    if "method" not in message or "id" not in message:
        continue
    method, params = message["method"], message.get("params", {})
    if method == "initialize":
        result = {"protocolVersion": params.get("protocolVersion", "2025-06-18"), "serverInfo": {"name": "small", "version": "1"},
                  "capabilities": {"tools": {}}}
        if "instructions" in offers:
            result["instructions"] = offers["instructions"]
    elif method == "tools/list":
        result = {"tools": offers["tools"]}
    elif method == "tools/call":
        text = offers.get("answers", {}).get(params["name"]) or json.dumps(params.get("arguments", {}))
        result = {"content": [{"type": "text", "text": text}]}
    elif method == "environment":
        result = dict(os.environ)
    else:
        result = {}
    print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
