"""Make tiny seeded model folders with transformers, and describe what llama.cpp's converter makes of them.

  fixtures.py make FOLDER               write the model folders and the adapter folders
  fixtures.py expect LLAMA_CPP FOLDER   write FOLDER/NAME/expected.TYPE.json for each of them
  fixtures.py reference FOLDER          write FOLDER/NAME/reference.json: tokens of texts, and likeliest next tokens
  fixtures.py convert LLAMA_CPP FOLDER TYPE OUT [PRE]   run the converter of llama.cpp on one folder
"""

import hashlib
import json
import os
import random
import shutil
import struct
import subprocess
import sys
from pathlib import Path

LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
          r"|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
WORDS = "the a river stone house green bright slow runs sleeps under over seven 1984 don't we'll Über naïve 日本 🙂".split()
ADAPTERS = {"lora": "llama-spm", "lora-rs": "qwen2", "lora-vocabulary": "qwen3"}
PRE = {"llama3": "llama-bpe", "smollm": "smollm", "qwen2": "qwen2", "qwen3": "qwen2"}
TYPES = {"llama-spm": ["f32", "f16", "bf16", "q8_0"], "lora": ["f32", "f16"], "lora-rs": ["f32"], "lora-vocabulary": ["f32"]}
TEMPLATE = "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}{% endfor %}"


def corpus():
    source = random.Random(7)
    return [" ".join(source.choice(WORDS) for _ in range(12)) + "." for _ in range(200)]


def bpe(pattern, specials, normalizer=None, digits=False, bos=None):
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

    tokenizer = Tokenizer(models.BPE(ignore_merges=pattern == LLAMA3))
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=pattern is None)
    first = pre_tokenizers.Digits(True) if digits else None
    if pattern is not None:
        first = pre_tokenizers.Split(Regex(pattern), "isolated")
    tokenizer.pre_tokenizer = byte_level if first is None else pre_tokenizers.Sequence([first, byte_level])
    if normalizer:
        tokenizer.normalizer = normalizers.NFC()
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=300, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
                                  show_progress=False)
    tokenizer.train_from_iterator(corpus(), trainer)
    tokenizer.add_special_tokens(specials)
    tokenizer.add_tokens(["<tool_call>"])
    if bos:
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{bos} $A", pair=f"{bos} $A {bos} $B", special_tokens=[(bos, tokenizer.token_to_id(bos))])
    return tokenizer


def save_bpe(folder, tokenizer, **special):
    from transformers import PreTrainedTokenizerFast

    made = PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special)
    made.chat_template = TEMPLATE
    made.save_pretrained(folder)
    return len(tokenizer.get_vocab())


def save_spm(folder, kind, size):
    """Train a sentencepiece model, as published folders of Llama 2 and Gemma have it."""
    import sentencepiece

    text = folder / "corpus.txt"
    text.write_text("\n".join(corpus()), encoding="utf-8")
    gemma = kind == "gemma"
    ids = dict(pad_id=0, eos_id=1, bos_id=2, unk_id=3) if gemma else dict(unk_id=0, bos_id=1, eos_id=2)
    pieces = ["<start_of_turn>", "<end_of_turn>", "\n"] if gemma else []
    sentencepiece.SentencePieceTrainer.train(
        input=str(text), model_prefix=str(folder / "tokenizer"), vocab_size=size, model_type="bpe",
        byte_fallback=True, character_coverage=0.99, split_digits=True, user_defined_symbols=pieces,
        add_dummy_prefix=not gemma, remove_extra_whitespaces=False, normalization_rule_name="identity",
        num_threads=1, minloglevel=2, **ids)
    text.unlink()
    (folder / "tokenizer.vocab").unlink()
    added = {str(i): {"content": p, "special": True, "normalized": False, "lstrip": False, "rstrip": False,
                      "single_word": False}
             for p, i in ({"<pad>": 0, "<eos>": 1, "<bos>": 2, "<unk>": 3, "<start_of_turn>": 4, "<end_of_turn>": 5}
                          if gemma else {"<unk>": 0, "<s>": 1, "</s>": 2}).items()}
    config = {"added_tokens_decoder": added, "chat_template": TEMPLATE, "add_bos_token": True, "add_eos_token": False,
              "tokenizer_class": "GemmaTokenizer" if gemma else "LlamaTokenizer", "model_max_length": 256}
    config.update({"bos_token": "<bos>", "eos_token": "<eos>", "unk_token": "<unk>", "pad_token": "<pad>"} if gemma
                  else {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "legacy": False})
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")
    (folder / "special_tokens_map.json").write_text('{"bos_token": "%s"}' % config["bos_token"], encoding="utf-8")
    return size


SHAPE = dict(hidden_size=32, intermediate_size=32, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
             head_dim=8, max_position_embeddings=256)


def save_model(folder, config, kind, dtype, **saving):
    import torch
    import transformers

    torch.manual_seed(11)
    config.torch_dtype = dtype
    model = getattr(transformers, kind)(config)
    # Initial values are too alike for a test: all norms are one, all biases zero.
    generator = torch.Generator().manual_seed(13)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            # A small embedding leaves the say to the layers.
            size = 0.05 if "embed_tokens" in name else 0.3
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * size)
    model.to(dtype).save_pretrained(folder, **saving)
    return model


def make(root):
    import torch
    import transformers as t

    def folder(name):
        path = root / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        return path

    f = folder("llama-spm")
    vocab = save_spm(f, "llama", 310)
    llama = save_model(f, t.LlamaConfig(vocab_size=vocab, bos_token_id=1, eos_token_id=2, tie_word_embeddings=True,
                                        rms_norm_eps=1e-5, **{**SHAPE, "num_hidden_layers": 1}),
                       "LlamaForCausalLM", torch.float32)

    f = folder("llama3")
    names = ["<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>"]
    vocab = save_bpe(f, bpe(LLAMA3, names, bos=names[0]), bos_token=names[0], eos_token=names[1])
    save_model(f, t.LlamaConfig(vocab_size=vocab + 5, bos_token_id=vocab - 4, eos_token_id=vocab - 3,
                                tie_word_embeddings=True,
                                rope_parameters=dict(rope_type="llama3", rope_theta=500000.0, factor=8.0,
                                                     low_freq_factor=1.0, high_freq_factor=4.0,
                                                     original_max_position_embeddings=64), **SHAPE),
               "LlamaForCausalLM", torch.bfloat16, max_shard_size="16KB")

    f = folder("smollm")
    vocab = save_bpe(f, bpe(None, ["<|im_start|>", "<|im_end|>"], digits=True), bos_token="<|im_start|>",
                     eos_token="<|im_end|>", pad_token="<|im_end|>")
    save_model(f, t.LlamaConfig(vocab_size=vocab, tie_word_embeddings=True,
                                **{**SHAPE, "num_hidden_layers": 1, "head_dim": None}),
               "LlamaForCausalLM", torch.bfloat16)

    f = folder("qwen2")
    vocab = save_bpe(f, bpe(QWEN2, ["<|endoftext|>", "<|im_start|>", "<|im_end|>"], normalizer=True),
                     eos_token="<|im_end|>", pad_token="<|endoftext|>")
    shape = {**{k: v for k, v in SHAPE.items() if k != "head_dim"}, "num_hidden_layers": 1}
    qwen2 = save_model(f, t.Qwen2Config(vocab_size=vocab, tie_word_embeddings=True, rms_norm_eps=1e-6,
                                        rope_parameters=dict(rope_type="yarn", rope_theta=1000000.0, factor=4.0,
                                                             original_max_position_embeddings=128), **shape),
                       "Qwen2ForCausalLM", torch.bfloat16)
    (f / "generation_config.json").write_text(json.dumps(
        {"do_sample": True, "temperature": 0.7, "top_k": 20, "top_p": 0.8, "repetition_penalty": 1.05,
         "eos_token_id": [vocab - 2, vocab - 4]}), encoding="utf-8")

    f = folder("qwen3")
    vocab = save_bpe(f, bpe(QWEN2, ["<|endoftext|>", "<|im_start|>", "<|im_end|>"], normalizer=True),
                     eos_token="<|im_end|>", pad_token="<|endoftext|>")
    qwen3 = save_model(f, t.Qwen3Config(vocab_size=vocab, tie_word_embeddings=False,
                                **{**SHAPE, "num_hidden_layers": 1, "head_dim": 16}),
               "Qwen3ForCausalLM", torch.float16)

    f = folder("gemma3")
    vocab = save_spm(f, "gemma", 330)
    save_model(f, t.Gemma3TextConfig(vocab_size=vocab + 6, sliding_window=32, layer_types=["sliding_attention",
                                                                                            "full_attention"],
                                     query_pre_attn_scalar=8, **SHAPE), "Gemma3ForCausalLM", torch.bfloat16)

    # A vocabulary of SentencePiece as current transformers saves it: without its model.
    f = folder("llama-hf")
    for name in ["config.json", "tokenizer_config.json"]:
        shutil.copy(root / "llama-spm" / name, f)
    made = t.LlamaTokenizerFast.from_pretrained(root / "llama-spm")
    shutil.rmtree(f)
    made.save_pretrained(f)

    adapters(root, llama, qwen2, qwen3)


def adapters(root, llama, qwen2, qwen3):
    import peft
    import torch

    def save(name, model, base, **settings):
        adapter = peft.get_peft_model(model.float(), peft.LoraConfig(**settings))
        generator = torch.Generator().manual_seed(17)
        with torch.no_grad():
            for key, parameter in adapter.named_parameters():
                if "lora_" in key:
                    parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.3)
        adapter.peft_config["default"].base_model_name_or_path = base
        shutil.rmtree(root / name, ignore_errors=True)
        adapter.save_pretrained(root / name, save_embedding_layers=False)
        (root / name / "README.md").unlink(missing_ok=True)
        # A set in PEFT, so its order changes from run to run.
        file = root / name / "adapter_config.json"
        config = json.loads(file.read_text(encoding="utf-8"))
        config["target_modules"].sort()
        file.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")

    save("lora", llama, "llama-spm", r=4, lora_alpha=8,
         target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"])
    save("lora-rs", qwen2, "qwen2", r=4, lora_alpha=16, use_rslora=True, target_modules=["q_proj", "down_proj"],
         alpha_pattern={"down_proj": 8})
    save("lora-vocabulary", qwen3, "qwen3", r=4, lora_alpha=4, target_modules=["embed_tokens", "lm_head", "v_proj"])


def convert(bundle, folder, kind, out, pre):
    """Run the converter in a process of its own; a tiny tokenizer has none of the fingerprints that it knows."""
    script = "convert_lora_to_gguf.py" if (folder / "adapter_config.json").exists() else "convert_hf_to_gguf.py"
    arguments = [str(folder), "--outfile", str(out), "--outtype", kind]
    if script.startswith("convert_lora"):
        arguments += ["--base", str(folder.parent / ADAPTERS[folder.name])]
    code = ("import sys, runpy; sys.path[0:0] = [%r, %r]\n"
            "from conversion.base import TextModel\n"
            "if %r: TextModel.get_vocab_base_pre = lambda self, tokenizer: %r\n"
            "sys.argv = [%r] + %r\n"
            "runpy.run_path(%r, run_name='__main__')\n"
            % (str(bundle), str(bundle / "gguf-py"), pre, pre, script, arguments, str(bundle / script)))
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "HF_HUB_OFFLINE": "1"},
                   stderr=None if os.environ.get("VERBOSE") else subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def describe(bundle, file):
    """Return the metadata and, for each tensor, its type, shape and digest."""
    sys.path.insert(0, str(bundle / "gguf-py"))
    import gguf

    reader = gguf.GGUFReader(file)
    metadata = {}
    for key, field in reader.fields.items():
        if key.startswith("GGUF."):
            continue
        value = field.contents()
        if isinstance(value, list):
            kind = field.types[1].name
            data = ("\n".join(value).encode("utf-8") if kind == "STRING"
                    else struct.pack("<%d%s" % (len(value), {"FLOAT32": "f", "INT32": "i"}[kind]), *value))
            value = f"{len(value)} values, sha256 {hashlib.sha256(data).hexdigest()[:16]}"
        metadata[key] = [[t.name for t in field.types], value]
    tensors = {t.name: [t.tensor_type.name, [int(n) for n in t.shape], hashlib.sha256(t.data.tobytes()).hexdigest()[:16]]
               for t in reader.tensors}
    return {"metadata": metadata, "tensors": tensors}


def expect(bundle, root):
    for folder in sorted(p for p in root.iterdir() if p.is_dir() and p.name != "llama-hf"):
        for kind in TYPES.get(folder.name, ["f16" if folder.name == "qwen3" else "bf16"]):
            out = root / f"{folder.name}.{kind}.gguf"
            convert(bundle, folder, kind, out, PRE.get(folder.name, ""))
            text = json.dumps(describe(bundle, out), indent=1, sort_keys=True)
            (folder / f"expected.{kind}.json").write_text(text + "\n", encoding="utf-8")
            out.unlink()


TEXTS = ["The river runs over 1984 stones, don't we'll.", "  two  spaces\n\nand Über naïve 日本 🙂\tend ", "slow house 12345 x"]


def reference(root):
    """Write what transformers itself makes of texts, and how its models go on, in single precision."""
    import torch
    import transformers

    for folder in sorted(p for p in root.iterdir() if p.is_dir()):
        if (folder / "adapter_config.json").exists():
            base, adapter = root / ADAPTERS[folder.name], folder
        else:
            base, adapter = folder, None
        if (base / "tokenizer.model").exists():
            import sentencepiece
            encode = sentencepiece.SentencePieceProcessor(model_file=str(base / "tokenizer.model")).encode
        else:
            import tokenizers
            tokenizer = tokenizers.Tokenizer.from_file(str(base / "tokenizer.json"))
            encode = lambda text: tokenizer.encode(text, add_special_tokens=False).ids  # noqa: E731
        # Without its model, a SentencePiece vocabulary puts no space before a text that begins with one.
        texts = [text.strip() for text in TEXTS] if base.name == "llama-hf" else TEXTS
        result = {"texts": [[text, encode(text)] for text in texts]}
        if (base / "config.json").exists():
            model = transformers.AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
            if adapter:
                import peft
                model = peft.PeftModel.from_pretrained(model, adapter)
            source = random.Random(23)
            result["next"] = []
            while len(result["next"]) < 16:
                ids = [source.randrange(3, 290) for _ in range(10)]
                with torch.no_grad():
                    row = model(torch.tensor([ids])).logits[0, -1]
                best = row.topk(2)
                # A near tie would be decided by rounding.
                if best.values[0] - best.values[1] > 0.01:
                    result["next"].append([ids, int(best.indices[0])])
        (folder / "reference.json").write_text(json.dumps(result) + "\n", encoding="utf-8")


if __name__ == "__main__":
    command, arguments = sys.argv[1], sys.argv[2:]
    if command == "make":
        make(Path(arguments[0]).resolve())
    elif command == "reference":
        reference(Path(arguments[0]).resolve())
    elif command == "expect":
        expect(Path(arguments[0]).resolve(), Path(arguments[1]).resolve())
    elif command == "convert":
        convert(Path(arguments[0]).resolve(), Path(arguments[1]).resolve(), arguments[2], Path(arguments[3]).resolve(),
                arguments[4] if len(arguments) > 4 else "")
    else:
        sys.exit(__doc__)
