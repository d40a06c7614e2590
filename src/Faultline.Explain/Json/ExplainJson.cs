using System.Text.Json;
using Faultline.Explain.Stories;
using Faultline.Litmus;
using Faultline.Litmus.Checking;

namespace Faultline.Explain.Json;

/// <summary>Writes a story as JSON. The schema is <see cref="ExplainDocument"/>, its members in camel case.</summary>
public static class ExplainJson
{
    /// <summary>Version of the schema.</summary>
    public const int SchemaVersion = 1;

    /// <summary>Writes one document.</summary>
    /// <param name="output">Where to, as UTF-8.</param>
    /// <param name="result">The check.</param>
    /// <param name="finding">The finding.</param>
    /// <param name="story">The finding, told.</param>
    public static void Write(Stream output, CheckResult result, Finding finding, Story story)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(finding);
        var document = new ExplainDocument(SchemaVersion, ToolVersion.Name, result.Test.Path, finding.Witness?.Schedule.ToString(), story);
        JsonSerializer.Serialize(output, document, ReadableJson.Context.ExplainDocument);
        output.WriteByte((byte)'\n');
    }
}
