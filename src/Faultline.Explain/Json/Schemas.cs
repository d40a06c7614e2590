using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;

namespace Faultline.Explain.Json;

/// <summary>The JSON Schemas of what the tool prints, made from the types that it is written from.</summary>
public static class Schemas
{
    private const string Draft = "https://json-schema.org/draft/2020-12/schema";

    /// <summary>The documents that have one: <c>check</c>, <c>explain</c>, <c>matrix</c>.</summary>
    public static IReadOnlyList<string> Names { get; } = ["check", "explain", "matrix"];

    /// <summary>The schema of a document.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    public static string Of(string name)
    {
        JsonTypeInfo type = name switch
        {
            "check" => ReadableJson.Context.CheckDocument,
            "explain" => ReadableJson.Context.ExplainDocument,
            _ => ReadableJson.Context.MatrixDocument,
        };
        var exporter = new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true };
        JsonNode schema = type.GetJsonSchemaAsNode(exporter);
        var whole = new JsonObject { ["$schema"] = Draft, ["title"] = $"faultline {name} --json" };
        foreach ((string key, JsonNode? value) in schema.AsObject())
        {
            whole[key] = value?.DeepClone();
        }

        return whole.ToJsonString(new JsonSerializerOptions(ReadableJson.Context.Options)) + "\n";
    }
}
