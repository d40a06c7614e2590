using System.Globalization;
using System.Text;

namespace Faultline.Real.Gdb;

/// <summary>What stands at the beginning of what was received.</summary>
public enum PacketKind
{
    /// <summary>Nothing yet, or a part of a packet.</summary>
    None,

    /// <summary>A packet.</summary>
    Whole,

    /// <summary>A packet whose checksum is wrong: it is to be sent again.</summary>
    Damaged,

    /// <summary>The other side wants the last packet again.</summary>
    Refused,
}

/// <summary>Packets of gdb's remote serial protocol: <c>$text#checksum</c>, each acknowledged by <c>+</c>, or by <c>-</c> when damaged.</summary>
public static class RemotePacket
{
    private const int ChecksumLength = 2;

    /// <summary>A packet of a text.</summary>
    public static byte[] Of(string text) => Encoding.ASCII.GetBytes($"${text}#{Checksum(text):x2}");

    /// <summary>Takes what stands at the beginning.</summary>
    /// <param name="received">What was received so far; what is taken is removed.</param>
    /// <param name="text">The text of a whole packet, else empty.</param>
    public static PacketKind Take(StringBuilder received, out string text)
    {
        text = "";
        int start = 0;
        while (start < received.Length && received[start] != '$' && received[start] != '-')
        {
            start++; // acknowledgements
        }

        received.Remove(0, start);
        if (received.Length > 0 && received[0] == '-')
        {
            received.Remove(0, 1);
            return PacketKind.Refused;
        }

        string all = received.ToString();
        int end = all.IndexOf('#', StringComparison.Ordinal);
        if (end < 0 || all.Length < end + 1 + ChecksumLength)
        {
            return PacketKind.None;
        }

        received.Remove(0, end + 1 + ChecksumLength);
        string body = all[1..end];
        bool right = int.TryParse(all.AsSpan(end + 1, ChecksumLength), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int sum) && sum == Checksum(body);
        text = right ? body : "";
        return right ? PacketKind.Whole : PacketKind.Damaged;
    }

    private static int Checksum(string text) => Encoding.Latin1.GetBytes(text).Sum(b => b) & 0xff;
}
