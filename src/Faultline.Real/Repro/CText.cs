using System.Text;

namespace Faultline.Real.Repro;

/// <summary>Text of a test inside a C program.</summary>
internal static class CText
{
    /// <summary>One line of a <c>//</c> comment: no character that could end it, continue it, or show as another one.</summary>
    public static string Comment(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            clean.Append(c is >= ' ' and <= '~' ? c : '?');
        }

        string line = clean.ToString().TrimEnd();
        return line.EndsWith('\\') || line.EndsWith("??/", StringComparison.Ordinal) ? line + "." : line;
    }

    /// <summary>A string literal.</summary>
    public static string Literal(string text)
    {
        var literal = new StringBuilder("\"");
        foreach (char c in text)
        {
            literal.Append(c switch
            {
                '\\' => "\\\\",
                '"' => "\\\"",
                '?' => "\\?",
                >= ' ' and <= '~' => c.ToString(),
                _ => "\\?",
            });
        }

        return literal.Append('"').ToString();
    }

    /// <summary>Comment lines of at most so many columns.</summary>
    public static IEnumerable<string> Wrapped(string text, string indent = "// ", int width = 130)
    {
        string line = indent;
        foreach (string word in Comment(text).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > indent.Length && line.Length + word.Length + 1 > width)
            {
                yield return Comment(line);
                line = indent;
            }

            line += line.Length == indent.Length ? word : " " + word;
        }

        yield return Comment(line);
    }
}
