using Faultline.Explain.Stories;
using Faultline.Litmus.Checking;

namespace Faultline.Explain.Text;

/// <summary>Explains a finding in plain text: what happened, the schedule with one column per CPU, call stacks, state before and after.</summary>
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
        Write(writer, StoryBuilder.Build(result, finding, options.Whole), options);
    }

    /// <summary>Writes a story.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="story">The story.</param>
    /// <param name="options">Layout.</param>
    public static void Write(TextWriter writer, Story story, TextOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(story);
        ArgumentNullException.ThrowIfNull(options);
        new TextRenderer(writer, options).Write(story);
    }
}
