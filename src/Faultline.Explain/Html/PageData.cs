using System.Text.Json;
using System.Text.Json.Serialization;
using Faultline.Explain.Stories;

namespace Faultline.Explain.Html;

/// <summary>What the script of a page works on.</summary>
/// <param name="Steps">Steps of the schedule.</param>
/// <param name="Shown">The step that is shown first: where it goes wrong.</param>
/// <param name="Values">Every value that some chip has at some time.</param>
/// <param name="Targets">For each value the page of memory that it points to, or an empty string.</param>
/// <param name="First">Each chip's value before the first step, as an index into <paramref name="Values"/>.</param>
/// <param name="Changes">For each step the chips that it changes: number of the chip, its new value, and so on.</param>
/// <param name="Said">For each step, from 0 (the start), what happens in it, in a sentence.</param>
/// <param name="Switches">The steps before which the CPU changes hands.</param>
internal sealed record PageData(
    int Steps,
    int Shown,
    IReadOnlyList<string> Values,
    IReadOnlyList<string> Targets,
    IReadOnlyList<int> First,
    IReadOnlyList<IReadOnlyList<int>> Changes,
    IReadOnlyList<string> Said,
    IReadOnlyList<int> Switches)
{
    /// <summary>The data of a witness.</summary>
    public static PageData Of(Story story, Tape tape, Picture picture, int shown)
    {
        var values = new Dictionary<ChipValue, int>();
        int Number(ChipValue value)
        {
            if (!values.TryGetValue(value, out int number))
            {
                number = values.Count;
                values.Add(value, number);
            }

            return number;
        }

        int[] first = [.. picture.Chips.Select(c => Number(c.Values[0]))];
        var changes = Enumerable.Range(1, tape.Steps.Count).Select(s => (IReadOnlyList<int>)[.. picture.Chips.SelectMany((c, i) =>
            c.Values[s] == c.Values[s - 1] ? [] : new[] { i, Number(c.Values[s]) })]).ToList();
        return new PageData(
            tape.Steps.Count,
            shown,
            [.. values.Keys.Select(v => v.Text)],
            [.. values.Keys.Select(v => v.Target)],
            first,
            changes,
            StepSentences.Of(story, tape),
            [.. story.Run!.Timeline.OfType<TimelineSwitch>().Select(s => s.Step)]);
    }

    /// <summary>As JSON that may stand in a script element: no character of it can end that.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, PageJson.Default.PageData);
}

/// <summary>How <see cref="PageData"/> is written: the default encoder escapes what HTML could take for markup.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PageData))]
internal sealed partial class PageJson : JsonSerializerContext;
