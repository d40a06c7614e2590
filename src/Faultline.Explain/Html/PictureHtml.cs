namespace Faultline.Explain.Html;

/// <summary>The picture of one state, as it stands in the page before the script changes it.</summary>
internal sealed class PictureHtml
{
    private readonly Picture picture;
    private readonly int state;
    private readonly Dictionary<Chip, int> numbers;

    private PictureHtml(Picture picture, int state)
    {
        this.picture = picture;
        this.state = state;
        numbers = picture.Chips.Select((chip, i) => (chip, i)).ToDictionary(p => p.chip, p => p.i);
    }

    /// <summary>The lines of HTML.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="state">After how many steps.</param>
    public static IEnumerable<string> Lines(Picture picture, int state) => new PictureHtml(picture, state).Write();

    private IEnumerable<string> Write() =>
    [
        "<div class=\"picture\" id=\"picture\">",
        "<svg class=\"arrows\" aria-hidden=\"true\"></svg>",
        "<section class=\"column seen\"><h3>What CPUs see</h3>", .. picture.Mappings.SelectMany(Box), "</section>",
        "<section class=\"column memory\"><h3>Memory</h3>", .. picture.Memory.SelectMany(FrameOf), "</section>",
        "<section class=\"column files\"><h3>What files have</h3>", .. picture.Files.SelectMany(Box), "</section>",
        "</div>",
        "<div class=\"cpus\">", .. picture.Cpus.SelectMany(Cpu), "</div>",
        "<section class=\"locks\"><h3>Locks</h3><dl>", .. picture.Locks.Select(Pair), "</dl></section>",
    ];

    private IEnumerable<string> Box(PictureBox box) =>
    [
        "<div class=\"box\">", $"<h4>{Markup.Text(box.Title)}</h4>",
        .. box.Chips.Count == 0 ? [] : new[] { $"<dl>{string.Concat(box.Chips.Select(Pair))}</dl>" },
        .. box.Pages.Select(p => $"<div class=\"page\"><span class=\"name\">{Markup.Text(p.Name)}</span><dl>{string.Concat(p.Chips.Select(Pair))}</dl></div>"),
        "</div>",
    ];

    private IEnumerable<string> FrameOf(Frame frame) =>
    [
        $"<div class=\"frame {frame.Name.Split(' ')[0]}\" data-frame=\"{Markup.Text(frame.Name)}\"><h4>{Markup.Text(frame.Name)}</h4>"
            + $"<dl>{string.Concat(frame.Chips.Select(Pair))}</dl></div>",
    ];

    private IEnumerable<string> Cpu(ChipGroup cpu) =>
        [$"<section class=\"cpu\"><h3>{Markup.Text(cpu.Name)}</h3><dl>{string.Concat(cpu.Chips.Select(Pair))}</dl></section>"];

    private string Pair(Chip chip)
    {
        string kind = chip.Kind.ToString().ToLowerInvariant();
        return $"<div class=\"pair c-{kind}\"><dt>{Markup.Text(chip.Label)}</dt><dd><span class=\"chip\" data-chip=\"{numbers[chip]}\">"
            + $"{Markup.Text(chip.Values[state].Text)}</span></dd></div>";
    }
}
