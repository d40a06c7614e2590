using Faultline.Explain.Matrix;
using Faultline.Explain.Stories;
using Faultline.Litmus.Checking;

namespace Faultline.Explain.Text;

/// <summary>
/// Explains a finding in plain text, with a column for each CPU: in short, to fit a screen, or whole, with every step and every stack.
/// </summary>
public static class Explanation
{
    /// <summary>Writes the explanation of a finding.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="result">The check that found it.</param>
    /// <param name="finding">The finding.</param>
    /// <param name="options">Layout.</param>
    public static void Write(TextWriter writer, CheckResult result, Finding finding, TextOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Write(writer, StoryBuilder.Build(result, finding, options.Whole, options.Analysis), options);
    }

    /// <summary>Writes a story.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="story">The story.</param>
    /// <param name="options">Layout.</param>
    public static void Write(TextWriter writer, Story story, TextOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        foreach (TonedLine line in Lines(story, options))
        {
            writer.Write(line);
            writer.Write('\n');
        }
    }

    /// <summary>The lines of a story, for a terminal that may colour them.</summary>
    /// <param name="story">The story.</param>
    /// <param name="options">Layout.</param>
    public static IReadOnlyList<TonedLine> Lines(Story story, TextOptions options)
    {
        ArgumentNullException.ThrowIfNull(story);
        ArgumentNullException.ThrowIfNull(options);
        int width = Math.Max(TextOptions.MinWidth, options.Width);
        return options.Whole ? new TextRenderer(story, width).Lines() : new DigestRenderer(story, width).Lines();
    }
}
