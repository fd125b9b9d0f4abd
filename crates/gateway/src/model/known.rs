//! The public servers of models that are known, by name. A connection to one of them is looked into wherever it comes from.

use portcullis_event::Host;

/// Each with who serves it, as policy names them.
const SERVERS: [(&str, &str); 18] = [
    ("api.anthropic.com", "anthropic"),
    ("api.openai.com", "openai"),
    ("chatgpt.com", "openai"),
    ("generativelanguage.googleapis.com", "google"),
    ("openrouter.ai", "openrouter"),
    ("api.mistral.ai", "mistral"),
    ("codestral.mistral.ai", "mistral"),
    ("api.deepseek.com", "deepseek"),
    ("api.groq.com", "groq"),
    ("api.x.ai", "xai"),
    ("api.together.xyz", "together"),
    ("api.fireworks.ai", "fireworks"),
    ("api.cerebras.ai", "cerebras"),
    ("api.moonshot.ai", "moonshot"),
    ("api.z.ai", "zai"),
    ("api.perplexity.ai", "perplexity"),
    ("api.cohere.ai", "cohere"),
    ("dashscope-intl.aliyuncs.com", "alibaba"),
];

/// Who serves models at a host, if that is known.
pub fn provider_of(host: &Host) -> Option<&'static str> {
    SERVERS.iter().find(|(name, _)| *name == host.as_str()).map(|(_, provider)| *provider)
}

/// All of them.
pub(super) fn hosts() -> impl Iterator<Item = &'static str> {
    SERVERS.iter().map(|(name, _)| *name)
}
