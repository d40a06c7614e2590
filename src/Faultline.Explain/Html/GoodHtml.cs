using Faultline.Explain.Stories;
using Faultline.Explain.Text;

namespace Faultline.Explain.Html;

/// <summary>The witness and the nearest schedule that does not fail, side by side from where they part.</summary>
internal static class GoodHtml
{
    private const int EntriesAtMost = 80;

    /// <summary>Name of the section in the page's address.</summary>
    public static string Anchor => "good";

    /// <summary>The lines of HTML; none where no such schedule is known.</summary>
    public static IEnumerable<string> Lines(Story story) => story is not { Run: { } bad, Analysis.Good: { } good }
        ? []
        :
        [
            $"<section id=\"{Anchor}\"><h2>The nearest good schedule beside it</h2>",
            $"<p>{Markup.Text(char.ToUpperInvariant(good.Text[0]) + good.Text[1..])}.</p>",
            "<div class=\"beside\">",
            .. Column(story, bad, good.Same, "This schedule: goes wrong", linked: true),
            .. Column(story, good.Run, good.Same, good.Also.Count == 0 ? "The good one" : $"Without {story.Finding}", linked: false),
            "</div>",
            $"<p class=\"dim\">The good schedule, which thread moves: <code>{good.Schedule}</code></p>",
            "</section>",
        ];

    private static IEnumerable<string> Column(Story story, StoryRun run, int same, string title, bool linked)
    {
        List<TimelineEntry> entries = [.. run.Digest.Where(e => (e is TimelineFold fold ? fold.Last : e.Step) > same)];
        string more = entries.Count > EntriesAtMost ? $"<li class=\"dim\">{Numbers.Number(entries.Count - EntriesAtMost, "more line")}</li>" : "";
        string ends = run.End.Any(v => !v.IsAbsentSignal) ? $"<li class=\"dim\">ends with {Markup.Text(TextRenderer.Text(run.End))}</li>" : "";
        return
        [
            $"<div><h3>{Markup.Text(title)}</h3><ol role=\"list\">",
            .. entries.Take(EntriesAtMost).Select(e => $"<li{Class(e)}>{Number(e, linked)} {Markup.Text(Words(story, run, e))}</li>"),
            $"{more}{ends}</ol></div>",
        ];
    }

    private static string Class(TimelineEntry entry) => entry switch
    {
        TimelineCell { Kind: CellKind.Change } => " class=\"change\"",
        TimelineCell { Kind: CellKind.Violation } or TimelineEnd => " class=\"violation\"",
        TimelineCell { Kind: CellKind.User } => "",
        _ => " class=\"dim\"",
    };

    private static string Number(TimelineEntry entry, bool linked) =>
        entry is TimelineSwitch or TimelineEnd ? ""
        : linked ? $"<a href=\"#step-{entry.Step}\">{entry.Step}</a>"
        : $"{entry.Step}";

    private static string Words(Story story, StoryRun run, TimelineEntry entry) => entry switch
    {
        TimelineCell cell => $"{story.Threads[cell.Thread]}: {DigestWords.Of(cell, run.Digest)}",
        TimelineFold fold => $"{story.Threads[fold.Thread]}: {DigestWords.Of(fold)}",
        TimelineSwitch change => TextRenderer.SwitchText(story, change),
        TimelineEnd end => $"! {end.Text}",
        _ => "",
    };
}
