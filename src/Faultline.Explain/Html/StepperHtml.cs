using Faultline.Engine;
using Faultline.Engine.Witnesses;
using Faultline.Explain.Stories;
using Faultline.Kernel;

namespace Faultline.Explain.Html;

/// <summary>The schedule with its lanes, the picture of the state beside it, and what steps through both.</summary>
internal static class StepperHtml
{
    private static readonly (string Keys, string Does)[] Keys =
    [
        ("<kbd>&larr;</kbd> <kbd>&rarr;</kbd> or <kbd>k</kbd> <kbd>j</kbd>", "a step"),
        ("with <kbd>Shift</kbd>", "to a context switch"),
        ("<kbd>g</kbd> <kbd>G</kbd>", "start, end"),
        ("<kbd>f</kbd>", "where it goes wrong"),
    ];

    /// <summary>The lines of HTML.</summary>
    /// <param name="story">The story, every step told.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="witness">The witness.</param>
    /// <param name="violation">What it is a witness of.</param>
    public static IEnumerable<string> Lines(Story story, Machine machine, Witness witness, Violation? violation)
    {
        var tape = new Tape(machine, witness, new WordNames(machine.Layout, machine.Program));
        int shown = Moment.Find(tape, machine.Program, violation) is { } moment ? moment.Step + 1 : witness.Steps.Count;
        List<LockSpan> locks = LockSpans.Of(tape);
        Picture picture = PictureBuilder.Build(machine, tape, locks);
        var data = PageData.Of(story, tape, picture, shown);
        return
        [
            "<section class=\"stepper\"><h2>The schedule</h2>",
            .. Controls(data),
            "<div class=\"split\">",
            "<div class=\"schedule\">",
            .. TimelineHtml.Lines(story, tape, locks),
            "</div>",
            "<div class=\"state\" tabindex=\"0\" role=\"region\" aria-labelledby=\"state-title\">",
            $"<h3 id=\"state-title\">State after step {shown}</h3>",
            .. PictureHtml.Lines(picture, shown),
            "</div>",
            "</div>",
            $"<script type=\"application/json\" id=\"data\">{data.ToJson()}</script>",
            $"<script>\n{Markup.Resource("picture.js")}{Markup.Resource("witness.js")}</script>",
            "</section>",
        ];
    }

    private static IEnumerable<string> Controls(PageData data) =>
    [
        "<div class=\"controls\" role=\"group\" aria-label=\"Stepper\">",
        Button("start", "Start", "&#x21e4;"),
        Button("switch-back", "Previous context switch", "&laquo;"),
        Button("back", "Step back", "&lsaquo;"),
        $"<input type=\"range\" id=\"slider\" min=\"0\" max=\"{data.Steps}\" value=\"{data.Shown}\" aria-label=\"Step\">",
        Button("forward", "Step forward", "&rsaquo;"),
        Button("switch-forward", "Next context switch", "&raquo;"),
        Button("end", "End", "&#x21e5;"),
        Button("wrong", $"Where it goes wrong: step {data.Shown}", "!"),
        $"<span id=\"count\">{data.Shown} of {data.Steps}</span>",
        $"<p id=\"said\" role=\"status\">{Markup.Text(data.Said[data.Shown])}</p>",
        $"<p class=\"keys\">{string.Join(", ", Keys.Select(k => $"{k.Keys} {k.Does}"))}</p>",
        "</div>",
    ];

    private static string Button(string id, string label, string sign) =>
        $"<button type=\"button\" id=\"{id}\" aria-label=\"{label}\" title=\"{label}\"><span aria-hidden=\"true\">{sign}</span></button>";
}
