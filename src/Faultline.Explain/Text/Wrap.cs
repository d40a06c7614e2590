namespace Faultline.Explain.Text;

/// <summary>Breaks text into lines.</summary>
internal static class Wrap
{
    /// <summary>Lines of at most <paramref name="width"/> columns, broken at spaces; a longer word has a line of its own.</summary>
    /// <param name="text">The text; spaces at its start stay.</param>
    /// <param name="width">Columns.</param>
    /// <param name="hanging">Spaces before each line but the first.</param>
    public static List<string> Lines(string text, int width, int hanging = 0)
    {
        var lines = new List<string>();
        string rest = text, margin = new(' ', hanging);
        while (rest.Length > width)
        {
            int leading = rest.Length - rest.TrimStart(' ').Length;
            int at = rest.LastIndexOf(' ', width, width - leading);
            if (at <= leading)
            {
                at = rest.IndexOf(' ', Math.Min(width, rest.Length));
                if (at < 0)
                {
                    break;
                }
            }

            lines.Add(rest[..at].TrimEnd());
            rest = margin + rest[at..].TrimStart();
            if (rest.Length == margin.Length)
            {
                return lines;
            }
        }

        lines.Add(rest);
        return lines;
    }
}
