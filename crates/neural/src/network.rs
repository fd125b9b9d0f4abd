//! The network: what it is given, what comes out of it.

use rten::{Dimension, Model, ModelOptions, NodeId, Value, ValueOrView, op_registry};
use rten_tensor::prelude::*;
use rten_tensor::{NdTensor, Tensor};

/// What an input of the network is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Input {
    Tokens,
    /// Which of the tokens are there to be read.
    Mask,
    /// Which of two texts they belong to: all to the first.
    Part,
}

/// A network that classifies a text.
#[derive(Debug)]
pub(crate) struct Network {
    model: Model,
    inputs: Vec<(NodeId, Input)>,
    output: NodeId,
    /// How many tokens it takes, if not any number.
    length: Option<usize>,
}

impl Network {
    /// Reads an ONNX file.
    pub(crate) fn read(bytes: Vec<u8>) -> Result<Self, String> {
        if bytes.starts_with(b"version https://git-lfs") {
            return Err("it stands for a file that Git LFS keeps elsewhere; `git lfs pull` gets it".to_owned());
        }
        // What encoders of text are made of, and what exports and quantizers of them add. No loops: each step runs once.
        let known = op_registry!(
            Abs,
            Add,
            And,
            ArgMax,
            BatchNormalization,
            Cast,
            CastLike,
            Ceil,
            Clip,
            Concat,
            ConstantOfShape,
            Cos,
            CumSum,
            DequantizeLinear,
            Div,
            DynamicQuantizeLinear,
            Einsum,
            Equal,
            Erf,
            Exp,
            Expand,
            Flatten,
            Floor,
            Gather,
            GatherElements,
            GatherND,
            Gelu,
            Gemm,
            Greater,
            GreaterOrEqual,
            Identity,
            IsNaN,
            LayerNormalization,
            Less,
            LessOrEqual,
            Log,
            LogSoftmax,
            MatMul,
            MatMulInteger,
            Max,
            Min,
            Mod,
            Mul,
            Neg,
            Not,
            Or,
            Pad,
            Pow,
            QuantizeLinear,
            Range,
            Reciprocal,
            ReduceL2,
            ReduceMax,
            ReduceMean,
            ReduceMin,
            ReduceSum,
            Relu,
            Reshape,
            Round,
            ScatterElements,
            ScatterND,
            Shape,
            Sigmoid,
            Sign,
            Sin,
            Slice,
            Softmax,
            Split,
            Sqrt,
            Squeeze,
            Sub,
            Tanh,
            Tile,
            Transpose,
            Trilu,
            Unsqueeze,
            Where
        );
        let model =
            ModelOptions::with_ops(known).load(bytes).map_err(|error| format!("it is no usable ONNX file: {error}"))?;
        let mut inputs = Vec::new();
        let mut length = None;
        for id in model.input_ids() {
            let node = model.node_info(*id);
            let name = node.as_ref().and_then(rten::NodeInfo::name).unwrap_or_default();
            let input = match name {
                "input_ids" => Input::Tokens,
                "attention_mask" => Input::Mask,
                "token_type_ids" => Input::Part,
                other => return Err(format!("it asks for an input `{}`, which a text has not", other.escape_debug())),
            };
            match node.and_then(|node| node.shape()).as_deref() {
                None | Some([_, Dimension::Symbolic(_)]) => {}
                Some([_, Dimension::Fixed(tokens)]) => length = Some(*tokens),
                Some(shape) => return Err(format!("its input `{name}` has {} dimensions instead of 2", shape.len())),
            }
            inputs.push((*id, input));
        }
        if !inputs.iter().any(|(_, input)| *input == Input::Tokens) {
            return Err("it has no input `input_ids`, so it does not read tokens of a text".to_owned());
        }
        let output = output(&model)?;
        Ok(Self { model, inputs, output, length })
    }

    /// How many tokens it takes, if not any number.
    pub(crate) fn length(&self) -> Option<usize> {
        self.length
    }

    /// What comes out for these tokens. Where there are fewer than it takes, `padding` stands in their place.
    pub(crate) fn run(&self, tokens: &[u32], padding: u32) -> Result<Vec<f32>, String> {
        let length = self.length.unwrap_or(tokens.len());
        let blank = length.checked_sub(tokens.len()).ok_or("there are more tokens than it takes")?;
        let number = |token: &u32| i32::try_from(*token).map_err(|_| format!("{token} is no number of a token"));
        let row = |input: Input| -> Result<Vec<i32>, String> {
            let (of_token, of_blank) = match input {
                Input::Tokens => (tokens.iter().map(number).collect::<Result<_, _>>()?, number(&padding)?),
                Input::Mask => (vec![1; tokens.len()], 0),
                Input::Part => (vec![0; tokens.len()], 0),
            };
            let mut row: Vec<i32> = of_token;
            row.resize(row.len() + blank, of_blank);
            Ok(row)
        };
        let inputs: Result<Vec<(NodeId, ValueOrView<'_>)>, String> = self
            .inputs
            .iter()
            .map(|(id, input)| Ok((*id, Value::from(NdTensor::from_data([1, length], row(*input)?)).into())))
            .collect();
        let [output] = self.model.run_n(inputs?, [self.output], None).map_err(|error| error.to_string())?;
        let output: Tensor<f32> = output.try_into().map_err(|_| "what came out of it are no numbers".to_owned())?;
        match output.shape() {
            [] | [_] | [1, _] => Ok(output.to_vec()),
            shape => Err(format!("what came out of it has the shape {shape:?}, and not one row for one text")),
        }
    }
}

/// The output that tells the class: the only one, or the one with the usual name.
fn output(model: &Model) -> Result<NodeId, String> {
    let named = |id: &&NodeId| {
        model.node_info(**id).and_then(|node| node.name().map(str::to_owned)).is_some_and(|name| name == "logits")
    };
    match model.output_ids() {
        [only] => Ok(*only),
        several => several
            .iter()
            .find(named)
            .copied()
            .ok_or_else(|| format!("it has {} outputs, and none is called `logits`", several.len())),
    }
}
