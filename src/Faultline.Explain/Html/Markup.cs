using System.Net;
using System.Reflection;

namespace Faultline.Explain.Html;

/// <summary>What all pages are put together from.</summary>
internal static class Markup
{
    /// <summary>Text as it may stand in an element or in a quoted attribute.</summary>
    public static string Text(string text) => WebUtility.HtmlEncode(text);

    /// <summary>One of the files beside this one, which are embedded in the assembly.</summary>
    public static string Resource(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new ArgumentException($"no such resource: {name}", nameof(name));
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>A page up to and with the start of its body.</summary>
    /// <param name="title">Title.</param>
    /// <param name="styles">Names of style sheets.</param>
    public static IEnumerable<string> Head(string title, params string[] styles) =>
    [
        "<!DOCTYPE html>",
        "<html lang=\"en\">",
        "<head>",
        "<meta charset=\"utf-8\">",
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">",
        "<meta name=\"generator\" content=\"Faultline\">",
        $"<title>{Text(title)}</title>",
        $"<style>\n{string.Concat(styles.Select(Resource))}</style>",
        "</head>",
        "<body>",
    ];
}
