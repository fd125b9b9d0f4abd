"""Makes tokenizers, and prints the tokens that they make of texts: `tokens.py MODEL PROSE OUT < texts`, one text a line, as JSON.

Into OUT go one `NAME.json` for each tokenizer and `NAME.tokens`, a list of numbers for each text.
"""

import json
import sys
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
import tokenizers
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers, processors

model, prose, out = (Path(argument) for argument in sys.argv[1:])
texts = [json.loads(line) for line in sys.stdin]

# Pieces and the table of letters as SentencePiece makes them.
sentencepiece.SentencePieceTrainer.train(
    input=str(prose), model_prefix=str(out / "pieces"), vocab_size=1500, character_coverage=0.999, pad_id=0, unk_id=1,
    bos_id=2, eos_id=3, pad_piece="[PAD]", unk_piece="[UNK]", bos_piece="[CLS]", eos_piece="[SEP]",
    user_defined_symbols=["[MASK]"], minloglevel=2,
)
proto = sentencepiece_model_pb2.ModelProto()
proto.ParseFromString((out / "pieces.model").read_bytes())
pieces = [(piece.piece, piece.score) for piece in proto.pieces]
table = normalizers.Precompiled(proto.normalizer_spec.precompiled_charsmap)


def pieced(by_bytes, normalizer, splitter):
    vocabulary = [(f"<0x{byte:02X}>", 0.0) for byte in range(256)] if by_bytes else []
    made = Tokenizer(tokenizers.models.Unigram(pieces + vocabulary, unk_id=1, byte_fallback=by_bytes))
    made.normalizer, made.pre_tokenizer = normalizer, splitter
    made.add_special_tokens(["[PAD]", "[CLS]", "[SEP]", tokenizers.AddedToken("[MASK]", lstrip=True, special=True)])
    made.add_special_tokens([tokenizers.AddedToken("[UNK]", normalized=True, special=True)])
    made.add_tokens([tokenizers.AddedToken("Zebra", single_word=True, rstrip=True, normalized=True)])
    made.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return made


def worded(normalizer, splitter, **options):
    plain = Tokenizer.from_file(str(model)).get_vocab(with_added_tokens=False)
    made = Tokenizer(tokenizers.models.WordPiece(plain, unk_token="[UNK]", **options))
    made.normalizer, made.pre_tokenizer = normalizer, splitter
    made.post_processor = processors.BertProcessing(("[SEP]", 102), ("[CLS]", 101))
    return made


blanks = normalizers.Replace(Regex(" {2,}"), " ")
made = {
    "published": Tokenizer.from_file(str(model)),
    "deberta": pieced(
        False, normalizers.Sequence([normalizers.Strip(), table, blanks]), pre_tokenizers.Metaspace(prepend_scheme="always")
    ),
    "xlm": pieced(
        False, table, pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    ),
    "first": pieced(True, table, pre_tokenizers.Metaspace(prepend_scheme="first", split=False)),
    "never": pieced(True, normalizers.NFKC(), pre_tokenizers.Metaspace(prepend_scheme="never")),
    "cased": worded(normalizers.BertNormalizer(lowercase=False), pre_tokenizers.BertPreTokenizer()),
    "plain": worded(
        normalizers.Sequence([normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase(), normalizers.Prepend("re")]),
        pre_tokenizers.Whitespace(), max_input_chars_per_word=12,
    ),
}
for name, one in made.items():
    one.no_truncation()
    one.no_padding()
    one.save(str(out / f"{name}.json"))
    encoded = one.encode_batch(texts)
    (out / f"{name}.tokens").write_text("".join(json.dumps(it.ids) + "\n" for it in encoded))
