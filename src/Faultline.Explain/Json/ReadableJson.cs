using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Faultline.Explain.Matrix;
using Faultline.Explain.Versions;

namespace Faultline.Explain.Json;

/// <summary>How every document is written: camel case, indented, with characters such as <c>/</c> and <c>></c> as they are.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(CheckDocument))]
[JsonSerializable(typeof(ExplainDocument))]
[JsonSerializable(typeof(MatrixDocument))]
[JsonSerializable(typeof(FlipDocument))]
[JsonSerializable(typeof(VersionsDocument))]
internal sealed partial class ReadableJson : JsonSerializerContext
{
    public static ReadableJson Context { get; } = new(new JsonSerializerOptions
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
