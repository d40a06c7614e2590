using Faultline.Explain.Matrix;
using Spectre.Console;

namespace Faultline.Cli;

/// <summary>Standard output: in colour on a terminal, plain when piped.</summary>
internal static class Terminal
{
    private const int PipedWidth = 80;

    /// <summary>Columns: those of the terminal; 80 when piped.</summary>
    public static int Width => Console.IsOutputRedirected ? PipedWidth : Math.Max(AnsiConsole.Profile.Width, PipedWidth);

    /// <summary>Writes lines.</summary>
    public static void Write(IEnumerable<TonedLine> lines)
    {
        if (Console.IsOutputRedirected)
        {
            foreach (TonedLine line in lines)
            {
                Console.Out.WriteLine(line.ToString());
            }

            return;
        }

        foreach (TonedLine line in lines)
        {
            var text = new Paragraph();
            foreach (Piece piece in line.Pieces)
            {
                text.Append(piece.Text, StyleOf(piece.Tone));
            }

            AnsiConsole.Write(text);
            AnsiConsole.WriteLine();
        }
    }

    private static Style StyleOf(Tone tone) => tone switch
    {
        Tone.Heading => new Style(decoration: Decoration.Bold),
        Tone.Good => new Style(Color.Green),
        Tone.Bad => new Style(Color.Red),
        Tone.Alarm => new Style(Color.Black, Color.Yellow, Decoration.Bold),
        Tone.Faint => new Style(decoration: Decoration.Dim),
        _ => Style.Plain,
    };
}
